"""Pictures and outlines: what was built is read back, real files give their stated answers."""

from __future__ import annotations

import io
import json
import math
import struct
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest

from negatrode.core.errors import ReadError
from negatrode.core.recording import Recording
from negatrode.files.blob import Blob, load
from negatrode.files.readers import picture, via_outlines
from tests.files import build_images as build


def read(data: bytes) -> Recording:
    """Read picture bytes."""
    blob = Blob("powder", data)
    assert picture.sniff(blob) == 100
    return picture.read(blob)


def grey(data: bytes) -> np.ndarray:
    """The grey values of picture bytes."""
    found = read(data).picture
    assert found is not None
    return found.values


@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_png_values_come_back(dtype: str) -> None:
    """read(build(x)) == x for 8 and 16 bit grey, without rescaling."""
    assert np.array_equal(grey(build.png(build.disc(dtype))), build.disc(dtype))


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_tiff_values_come_back(dtype: str) -> None:
    """read(build(x)) == x for integer and float TIFF."""
    assert np.array_equal(grey(build.tiff([build.disc(dtype)])), build.disc(dtype).astype(float))


@pytest.mark.parametrize("container", ["png", "tiff"])
def test_colour_becomes_luma(container: str) -> None:
    """RGB becomes 0.299 R + 0.587 G + 0.114 B."""
    rgb = np.zeros((4, 5, 3), dtype="u1")
    rgb[..., 0], rgb[..., 1], rgb[..., 2] = 200, 100, 50
    data = build.png(rgb) if container == "png" else build.tiff([rgb])
    assert grey(data) == pytest.approx(0.299 * 200 + 0.587 * 100 + 0.114 * 50)


def test_grey_stored_as_colour_is_exact() -> None:
    """Three equal channels give that channel, without rounding."""
    assert np.array_equal(grey(build.tiff([np.dstack([build.disc("u2")] * 3)])), build.disc("u2"))


def test_jpeg_is_read_within_its_loss() -> None:
    """A JPEG of quality 95 comes back within its quantisation, and says that it is lossy."""
    recording = read(build.jpeg())
    assert recording.picture is not None
    assert np.abs(recording.picture.values - build.disc()).mean() < 6
    assert "lossy" in recording.metadata["note"]


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_deflate", "packbits"])
def test_compressed_tiff_comes_back(compression: str, tmp_path: Path) -> None:
    """Lossless compression does not change a value; a file cut off is refused."""
    from PIL import Image

    place = tmp_path / "powder.tif"
    Image.fromarray(np.asarray(build.disc())).save(place, compression=compression)
    data = place.read_bytes()
    assert np.array_equal(grey(data), build.disc())
    with pytest.raises(ReadError):
        read(data[:-20])


@pytest.mark.parametrize(
    "options",
    [
        {"compression": "zlib"},
        {"compression": "zlib", "predictor": 2},
        {"tile": (16, 16), "compression": "zlib"},
        {"tile": (16, 16)},
        {"rowsperstrip": 7, "compression": "zlib"},
        {"photometric": "miniswhite"},
    ],
    ids=str,
)
@pytest.mark.parametrize("big", [False, True])
def test_tiff_layouts_come_back(options: dict[str, object], big: bool) -> None:
    """Strips, tiles, BigTIFF, both byte orders; where white is 0 the values are turned round."""
    import tifffile

    pixels = np.random.default_rng(3).integers(0, 60_000, (50, 70), dtype="u2")
    out = io.BytesIO()
    with tifffile.TiffWriter(out, bigtiff=big, byteorder=">" if big else "<") as writer:
        writer.write(pixels, metadata=None, **options)
    expected = 65_535 - pixels if "photometric" in options else pixels
    assert np.array_equal(grey(out.getvalue()), expected)


def test_compressed_colour_of_16_bits_keeps_its_depth() -> None:
    """A library that reads such a file as 8 bits in silence is not used for it."""
    import tifffile

    rgb = np.random.default_rng(4).integers(0, 65_535, (20, 30, 3), dtype="u2")
    out = io.BytesIO()
    tifffile.imwrite(out, rgb, photometric="rgb", compression="zlib", metadata=None)
    assert grey(out.getvalue()) == pytest.approx(rgb @ np.array([0.299, 0.587, 0.114]))


@pytest.mark.parametrize("container", ["TIFF", "PNG"])
def test_palettes_become_luma(container: str) -> None:
    """Indexed colours are looked up, not taken as grey values."""
    from PIL import Image

    ramp = np.arange(0, 250, 10, dtype="u1").reshape(5, 5)
    image = Image.fromarray(np.dstack([ramp, ramp // 2, 255 - ramp])).convert(
        "P", palette=Image.Palette.ADAPTIVE
    )
    out = io.BytesIO()
    image.save(out, container)
    expected = np.asarray(image.convert("RGB")) @ np.array([0.299, 0.587, 0.114])
    assert grey(out.getvalue()) == pytest.approx(expected)


def test_a_short_compressed_strip_is_refused() -> None:
    """A strip that unpacks to fewer rows than declared is not filled up with black."""
    import tifffile

    out = io.BytesIO()
    tifffile.imwrite(out, np.arange(3500, dtype="u1").reshape(50, 70), compression="zlib", metadata=None)
    data = out.getvalue()
    with tifffile.TiffFile(io.BytesIO(data)) as tif:
        place, count = tif.pages[0].dataoffsets[0], tif.pages[0].databytecounts[0]
    short = zlib.compress(np.arange(2100, dtype="u1").tobytes()).ljust(count, b"\x00")
    with pytest.raises(ReadError):
        read(data[:place] + short[:count] + data[place + count :])


def test_zeiss_tag_gives_the_pixel_size() -> None:
    """The full-precision number of the header wins over the printed four digits."""
    found = read(build.tiff([build.disc()], [build.zeiss_tag()]))
    assert found.picture is not None
    assert found.picture.pixel_size == pytest.approx(build.PIXEL, rel=1e-12)
    assert found.metadata["microscope"] == "GeminiSEM 300"


def test_zeiss_tag_of_a_resampled_picture_is_not_believed() -> None:
    """A picture that is not of the stored resolution has an unknown pixel size."""
    found = read(build.tiff([build.disc()], [build.zeiss_tag(stored="1024 * 768")]))
    assert found.picture is not None
    assert found.picture.pixel_size is None
    assert found.unread[0].where == "tag CZ_SEM"


def test_zeiss_tag_whose_header_contradicts_uses_the_printed_image_pixel() -> None:
    """Another magnification in the header: "Image Pixel Size" is the picture's own."""
    found = read(build.tiff([build.disc()], [build.zeiss_tag(header=5e-8, printed="111.6 nm")]))
    assert found.picture is not None
    assert found.picture.pixel_size == pytest.approx(111.6e-9)


def test_fei_tag_gives_pixel_size_and_databar() -> None:
    """PixelWidth is in metres; rows below ResolutionY are the databar."""
    found = read(build.tiff([build.disc()], [build.fei_tag()]))
    assert found.picture is not None
    assert found.picture.pixel_size == pytest.approx(2.5e-9)
    assert found.metadata["databar"].startswith("the last 2 rows")


def test_fei_pixels_that_are_not_square_are_not_used() -> None:
    """No one number is the size of an oblong pixel."""
    found = read(build.tiff([build.disc()], [build.fei_tag(down=3e-9)]))
    assert found.picture is not None
    assert found.picture.pixel_size is None
    assert found.unread


def test_imagej_unit_gives_the_pixel_size() -> None:
    """ImageJ: XResolution is pixels per the unit of the description."""
    tags = [build.text(270, "ImageJ=1.53t\nunit=micron\n"), build.rational(282, 20, 1), build.short(296, 1)]
    found = read(build.tiff([build.disc()], tags)).picture
    assert found is not None
    assert found.pixel_size == pytest.approx(0.05e-6)


def test_print_resolution_is_no_scale() -> None:
    """72 dots per inch say nothing of the specimen: reported, not used."""
    found = read(build.tiff([build.disc()], [build.rational(282, 72, 1), build.short(296, 2)]))
    assert found.picture is not None
    assert found.picture.pixel_size is None
    assert [u.where for u in found.unread] == ["tag XResolution"]


def test_other_pages_are_reported() -> None:
    """The first page is read, the rest are named."""
    found = read(build.tiff([build.disc(), build.disc() // 2, build.disc() // 3]))
    assert found.picture is not None
    assert np.array_equal(found.picture.values, build.disc())
    assert found.unread[0].where == "pages 2 to 3"


@pytest.mark.parametrize(
    "data",
    [
        build.png(build.disc(), size=(60_000, 40_000)),
        build.png(build.disc(), size=(2**31 - 1, 1)),
        build.tiff([build.disc()], size=(60_000, 40_000)),
        build.png(build.disc(), size=(14_000, 14_000)),
        build.png(build.disc(), size=(0, 9)),
    ],
    ids=["png-2.4-gigapixel", "png-one-row", "tiff-2.4-gigapixel", "bomb", "empty"],
)
def test_absurd_sizes_are_refused_at_once(data: bytes) -> None:
    """The declared size is judged before anything is decoded."""
    tracemalloc.start()
    try:
        with pytest.raises(ReadError):
            read(data)
        # 16 Mi: far below the least of these pictures, 196 million pixels
        assert tracemalloc.get_traced_memory()[1] < 2**24
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", [n for n in build.BUILDERS if n.startswith("picture")])
def test_truncated_pictures_are_refused(name: str) -> None:
    """No picture that lost its end is read, wherever it was cut."""
    data = build.BUILDERS[name]()[1]
    for kept in range(8, len(data) - 2, max(1, len(data) // 40)):
        with pytest.raises(ReadError):
            picture.read(Blob("powder", data[:kept]))


def test_a_wrong_checksum_is_refused() -> None:
    """A PNG chunk whose CRC does not fit is damaged, wherever the bit flipped."""
    data = bytearray(build.png(build.disc()))
    data[-20] ^= 1
    with pytest.raises(ReadError) as caught:
        read(bytes(data))
    assert caught.value.where.startswith("byte")


def test_pages_that_go_round_are_refused() -> None:
    """A chain of directories that returns to its start does not hang the reader."""
    data = bytearray(build.tiff([build.disc()]))
    (first,) = struct.unpack_from("<I", data, 4)
    struct.pack_into("<I", data, len(data) - 4, first)
    with pytest.raises(ReadError):
        read(bytes(data))


def test_float_pixels_that_are_no_numbers_are_refused() -> None:
    """NaN is no grey value."""
    pixels = build.disc("f4").copy()
    pixels[2, 3] = np.nan
    with pytest.raises(ReadError) as caught:
        read(build.tiff([pixels]))
    assert caught.value.found.startswith("1 ")


def test_bytes_after_a_png_are_reported() -> None:
    """What follows IEND is not swallowed."""
    found = read(build.png(build.disc()) + b"more")
    assert "4 bytes" in found.unread[0].what


def test_png_ancillary_damage_is_seen() -> None:
    """Also a text chunk is checked."""
    data = build.png(build.disc())
    comment = build.chunk(b"tEXt", b"Comment\x00powder")
    broken = comment[:-1] + bytes([comment[-1] ^ 1])
    read(data[:33] + comment + data[33:])
    with pytest.raises(ReadError):
        read(data[:33] + broken + data[33:])
    assert zlib.crc32(b"tEXtComment\x00powder") == struct.unpack(">I", comment[-4:])[0]


@pytest.mark.parametrize("project", [True, False])
def test_via_outlines_come_back(project: bool) -> None:
    """Polygons keep their vertices; circles and ellipses have their area; boxes are reported."""
    found = via_outlines.read(Blob("outlines.json", build.via(project=project)))
    square, circle, ellipse = found.outlines
    assert np.array_equal(square.vertices, build.SQUARE)
    assert (square.picture, square.label) == ("powder.png", "satellite")
    assert _area(circle.vertices) == pytest.approx(math.pi * 9, rel=1e-4)
    assert _area(ellipse.vertices) == pytest.approx(math.pi * 8, rel=1e-4)
    farthest = ellipse.vertices[np.argmax(np.hypot(*(ellipse.vertices - [5, 4]).T))]
    assert abs(np.dot(farthest - [5, 4], [math.cos(0.5), math.sin(0.5)])) == pytest.approx(4, rel=1e-4)
    assert len(found.unread) == 1


def test_coco_polygon_comes_back() -> None:
    """One polygon is an outline; masks in parts or by run lengths are reported."""
    found = via_outlines.read(Blob("outlines.json", build.coco()))
    assert np.array_equal(found.outlines[0].vertices, build.SQUARE)
    assert len(found.unread) == 2


@pytest.mark.parametrize(
    "bad", [[1.0, 2.0, 3.0], [1.0, 2.0, None, 4.0], [1.0, 2.0, True, 4.0], [1.0, 2.0, 1e300, 4.0]]
)
def test_coordinates_that_are_none_are_refused(bad: list[object]) -> None:
    """x and y differ in number, or a coordinate is no number: with the region's place."""
    document = json.loads(build.via(project=True))
    document["_via_img_metadata"]["powder.png1234"]["regions"][0]["shape_attributes"]["all_points_x"] = bad
    with pytest.raises(ReadError) as caught:
        via_outlines.read(Blob("outlines.json", json.dumps(document).encode()))
    assert "regions.0" in caught.value.where


@pytest.mark.parametrize("word", ["NaN", "Infinity", "1e999"])
def test_json_numbers_that_are_none_are_refused(word: str) -> None:
    """JSON libraries accept NaN and 1e999; this reader does not."""
    data = build.via(project=True).replace(b"8.0", word.encode(), 1)
    with pytest.raises(ReadError):
        via_outlines.read(Blob("outlines.json", data))


def _area(vertices: np.ndarray) -> float:
    x, y = vertices.T
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def test_real_zeiss_micrograph(shared_data: Path) -> None:
    """The Ti-6Al-4V micrograph: 1.1165e-7 m a pixel, as its tag says."""
    found = picture.read(load(shared_data / "images" / "imppy3d_sem_alpha_beta_ti64.tif"))
    assert found.picture is not None
    assert found.picture.values.shape == (768, 1024)
    assert found.picture.pixel_size == pytest.approx(1.1165e-7, rel=1e-9)
    assert found.unread == ()


def test_real_powder_pictures_and_outlines(shared_data: Path) -> None:
    """The two AMPIS pictures have 351 and 219 outlines or the like, all inside the picture, and no scale."""
    folder = shared_data / "images"
    outlines = via_outlines.read(load(folder / "ampis_via_powder_particle_masks_training.json")).outlines
    for part in ("001-001-000_0-000", "001-002-000_0-000"):
        found = picture.read(load(folder / f"ampis_Sc1Tile_{part}.png")).picture
        assert found is not None
        assert found.pixel_size is None
        mine = [o for o in outlines if o.picture == f"Sc1Tile_{part}.png"]
        assert 219 <= len(mine) <= 351
        corners = np.concatenate([o.vertices for o in mine])
        assert corners.min() >= -1
        assert (corners.max(axis=0) <= [found.values.shape[1] + 1, found.values.shape[0] + 1]).all()
