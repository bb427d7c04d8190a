"""NumPy's .npy arrays from bytes: the header judged against the length before anything is allocated.

Source: NEP 1 / numpy.lib.format (versions 1 to 3). Arrays of objects would run code on loading and are
refused.
"""

from __future__ import annotations

import io
import math
import tokenize
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from negatrode.core.errors import ReadError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAGIC = b"\x93NUMPY"
_MAX_HEADER = 4096
# what numpy's parser of headers raises on damage (Python 2 headers go through the tokenizer)
_HEADER_ERRORS = (
    ValueError,
    TypeError,
    SyntaxError,
    KeyError,
    EOFError,
    RecursionError,
    MemoryError,
    tokenize.TokenError,
)
_REMEDY = "The file is cut off or damaged; save it again by numpy.save"


def npy_array(data: bytes, *, where: str, kinds: str = "uifb") -> NDArray[Any]:
    """The array of a .npy file, read only and without a copy; ReadError where it is damaged.

    ``kinds`` are the allowed kinds of numbers (numpy's dtype.kind); by default real numbers.
    """
    stream = io.BytesIO(data)
    try:
        with warnings.catch_warnings():  # damaged headers make numpy's parser warn before it refuses
            warnings.simplefilter("ignore")
            version = np.lib.format.read_magic(stream)
            reader = (
                np.lib.format.read_array_header_1_0
                if version == (1, 0)
                else np.lib.format.read_array_header_2_0
            )
            shape, fortran, dtype = reader(stream, max_header_size=_MAX_HEADER)
    except _HEADER_ERRORS as error:
        raise ReadError(
            f"no readable .npy header ({' '.join(str(error).split())[:100]})", where=where, remedy=_REMEDY
        ) from None
    if dtype.kind not in kinds or dtype.itemsize > 256:
        raise ReadError(
            f"an array of {dtype}",
            where=where,
            rule="planes are arrays of real numbers",
            remedy="Save it as integers or floats",
        )
    start = stream.tell()
    needed = math.prod(shape) * dtype.itemsize
    if any(s < 0 for s in shape) or needed != len(data) - start:
        raise ReadError(
            f"shape {shape} of {dtype} needs {needed} bytes but {len(data) - start} follow the header",
            where=where,
            remedy=_REMEDY,
        )
    flat = np.frombuffer(data, dtype=dtype, offset=start)
    return flat.reshape(shape[::-1]).T if fortran else flat.reshape(shape)
