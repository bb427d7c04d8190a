"""How far A is surrounded by B: contact, connectivity and their interval, on label images in 2-D and 3-D."""

from negatrode.techniques.enclosure.contact import Enclosure, enclosure

__all__ = ["Enclosure", "enclosure"]
