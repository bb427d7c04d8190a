"""XML without entities, external references or depth bombs."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from negatrode.core.errors import ReadError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_DEPTH = 200


def parse_xml(data: bytes) -> Element:
    """The root element; ReadError with line and column where the XML is damaged or declares entities."""
    import defusedxml.ElementTree as Safe
    from defusedxml.common import DefusedXmlException

    try:
        root: Element = Safe.fromstring(data, forbid_dtd=True)
    except ParseError as error:
        line, column = getattr(error, "position", (0, 0))
        raise ReadError(
            f"damaged XML ({str(error).split(':')[0]})",
            where=f"line {line} column {column}",
            remedy="The file is cut off or damaged; export it again",
        ) from None
    except DefusedXmlException as error:
        raise ReadError(
            f"the XML declares {type(error).__name__}", rule="entities and document types are not expanded"
        ) from None
    except (ValueError, LookupError, RecursionError) as error:
        raise ReadError(f"damaged XML ({error})", remedy="Export the file again") from None
    _check_depth(root)
    return root


def _check_depth(root: Element) -> None:
    level = [root]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in node]
        if not level:
            return
    raise ReadError(f"elements nested more than {MAX_DEPTH} deep", rule="no instrument writes such a file")


def local(tag: str) -> str:
    """The tag without its namespace."""
    return tag.rpartition("}")[2]


def find_local(root: Element, name: str) -> Element | None:
    """The first descendant of that local name, whatever its namespace."""
    return next((e for e in root.iter() if isinstance(e.tag, str) and local(e.tag) == name), None)
