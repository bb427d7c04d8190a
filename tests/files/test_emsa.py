"""EMSA/MAS spectra (ISO 22029): both data types, units, and what a damaged or mislabelled file gives."""

from __future__ import annotations

import numpy as np
import pytest

from negatrode.core.errors import ReadError
from negatrode.core.recording import Block, Recording
from negatrode.files.blob import Blob
from negatrode.files.registry import choose, read_blob
from tests.files.build_hypermaps import emsa, example_spectrum

COUNTS = example_spectrum(50)


def spectrum(data: bytes) -> tuple[Recording, Block]:
    """The recording and its one block."""
    found = read_blob(Blob("particle.msa", data))
    assert (found.kind, found.format) == ("spectrum", "emsa")
    return found, found.blocks[0]


def refusal(data: bytes) -> ReadError:
    """Why a file is refused."""
    with pytest.raises(ReadError) as caught:
        read_blob(Blob("particle.msa", data))
    return caught.value


@pytest.mark.parametrize("columns", [1, 4, 7])
@pytest.mark.parametrize("units", ["eV", "keV", "Energy (eV)"])
def test_counts_on_a_calculated_axis(columns: int, units: str) -> None:
    """DATATYPE Y: counts as they stand, energies offset + k * width in keV, whatever the columns."""
    found, block = spectrum(emsa(COUNTS, columns=columns, units=units))
    np.testing.assert_array_equal(block.column("counts").values, COUNTS)
    energy = block.column("energy")
    assert energy.unit == "keV"
    np.testing.assert_allclose(energy.values, -0.2 + 0.01 * np.arange(50), atol=1e-12)
    assert found.settings["beam_energy"].value == 15.0
    assert found.settings["live_time"].value == 30.0
    assert found.settings["detector"].value == "eds"
    assert found.unread == ()


@pytest.mark.parametrize("units", ["eV", "keV"])
def test_pairs(units: str) -> None:
    """DATATYPE XY: energies as listed."""
    _, block = spectrum(emsa(COUNTS, datatype="XY", units=units))
    np.testing.assert_allclose(block.column("energy").values, -0.2 + 0.01 * np.arange(50), atol=1e-9)
    np.testing.assert_array_equal(block.column("counts").values, COUNTS)


@pytest.mark.parametrize("datatype", ["Y", "XY"])
def test_number_of_points_must_agree(datatype: str) -> None:
    """NPOINTS 51 with 50 points is a file cut off."""
    assert "51" in refusal(emsa(COUNTS, datatype=datatype, points=51)).rule


def test_missing_end_is_truncation() -> None:
    """Without #ENDOFDATA a file whose last numbers were cut could look whole."""
    assert refusal(emsa(COUNTS, end=False)).where
    whole = emsa(COUNTS)
    for cut in (len(whole) // 3, len(whole) - 40):
        assert refusal(whole[:cut]).remedy


def test_channel_of_zero_stands_for_the_offset() -> None:
    """CHOFFSET 20 at 10 eV a channel is an offset of -200 eV."""
    data = emsa(COUNTS).replace(b"#OFFSET      : -200", b"#CHOFFSET    : 20")
    assert spectrum(data)[1].column("energy").values[0] == pytest.approx(-0.2)


def test_axis_that_is_no_energy_is_refused() -> None:
    """A wavelength axis is no X-ray spectrum of energies."""
    assert "nm" in refusal(emsa(COUNTS).replace(b"#XUNITS      : eV", b"#XUNITS      : nm")).found


def test_contradicting_units_are_refused() -> None:
    """XPERCHAN in keV where XUNITS says eV."""
    data = emsa(COUNTS).replace(b"#XPERCHAN    :", b"#XPERCHAN -keV:")
    assert "keV" in refusal(data).found


def test_electronvolts_that_are_kiloelectronvolts_are_refused() -> None:
    """An EDS spectrum that ends at 0.3 eV has its unit wrong."""
    data = emsa(COUNTS, units="keV").replace(b"#XUNITS      : keV", b"#XUNITS      : eV")
    assert "XUNITS" in refusal(data).rule


@pytest.mark.parametrize("cell", [b"nan", b"1e999", b"12a"])
def test_cells_that_are_no_numbers_are_refused_with_their_line(cell: bytes) -> None:
    """The line of the cell is named."""
    data = emsa(COUNTS).replace(b"Starts Here\r\n", b"Starts Here\r\n" + cell + b",\r\n")
    assert "line" in refusal(data).where


def test_a_keyword_given_twice_must_agree() -> None:
    """Two widths of a channel are refused; two titles are kept."""
    assert "XPERCHAN" in refusal(emsa(COUNTS, extra="#XPERCHAN    : 5")).found
    found, _ = spectrum(emsa(COUNTS, extra="#TITLE       : second"))
    assert found.metadata["title"] == "alloy particle; second"


def test_vendor_keywords_and_stray_lines() -> None:
    """Keywords of two hashes are kept as metadata, a stray line of the header is reported."""
    found, _ = spectrum(emsa(COUNTS, extra="##OXINSTELEMS: 8,13"))
    assert found.metadata["#oxinstelems"] == "8,13"
    found, _ = spectrum(emsa(COUNTS, extra="stray"))
    assert [u.what for u in found.unread] == ["stray"]


def test_unset_live_time_is_not_stated() -> None:
    """A live time of zero is a blank form."""
    found, _ = spectrum(emsa(COUNTS).replace(b"#LIVETIME  -s: 30.0", b"#LIVETIME  -s: 0.0"))
    assert "live_time" not in found.settings


def test_intensities_are_not_called_counts() -> None:
    """A y unit that is no count is kept as an intensity with its unit."""
    _, block = spectrum(emsa(COUNTS).replace(b"#YUNITS      : counts", b"#YUNITS      : cps/nA"))
    assert block.column("intensity").unit == "cps/nA"


def test_vague_intensities_are_counts_where_they_are_whole() -> None:
    """ "Intensity" says nothing: whole numbers are counts, others are not."""
    said = emsa(COUNTS).replace(b"#YUNITS      : counts", b"#YUNITS      : Intensity")
    assert spectrum(said)[1].names() == ["energy", "counts"]
    halves = emsa([c + 0.5 for c in COUNTS]).replace(b"#YUNITS      : counts", b"#YUNITS      : Intensity")
    assert spectrum(halves)[1].names() == ["energy", "intensity"]


def test_forms_of_the_2022_edition() -> None:
    """Narrow keywords, continued titles, several pairs a line, "Energy Loss (eV)"."""
    text = (
        "#FORMAT : EMSA/MAS Spectral Data File\n#VERSION : TC202v2.0\n#TITLE : one\n#TITLE : two\n"
        "#NPOINTS : 3.\n#NCOLUMNS : 2\n#XUNITS : Energy Loss (eV)\n#YUNITS : Intensity\n#DATATYPE : XY\n"
        "#XPERCHAN : 3.1\n#OFFSET : 520.1\n#CHOFFSET : -168\n#SIGNALTYPE : ELS\n#BEAMKV : 120.0\n"
        "#SPECTRUM : Spectral Data Starts Here\n520.1, 40.0, 523.2, 39.0\n526.3, 38.0\n"
        "#ENDOFDATA : Spectral Data Ends Here\n"
    )
    found, block = spectrum(text.encode())
    np.testing.assert_allclose(block.column("energy").values, [0.5201, 0.5232, 0.5263])
    np.testing.assert_array_equal(block.column("counts").values, [40.0, 39.0, 38.0])
    assert "detector" not in found.settings
    assert found.metadata["title"] == "one; two"


def test_recognised_in_other_encodings() -> None:
    """UTF-16 and a byte-order mark do not hide the format."""
    text = emsa(COUNTS).decode()
    for encoding in ("utf-16", "utf-8-sig"):
        assert choose(Blob("x", text.encode(encoding))).NAME == "emsa"
        assert len(spectrum(text.encode(encoding))[1].columns[0].values) == 50
