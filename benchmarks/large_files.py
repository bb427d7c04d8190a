"""Large synthetic files for the benchmarks: a map, a voxel stack, a cycler record."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from negatrode.techniques.phases import simulate


def large_map(folder: Path) -> Path:
    """A stack of 8 element maps, 1024 x 1024, 50 counts a pixel, with its manifest; returns the manifest."""
    rng = np.random.default_rng(7)
    alloy = simulate.silicon_titanium(
        {"O": 0.15, "N": 0.1, "F": 0.05, "Fe": 0.1, "C": 0.2, "Al": 0.05},
        {"O": 2.0, "N": 1.0, "F": 0.4, "Fe": 0.3, "C": 0.2, "Al": 0.1},
    )
    section = simulate.simulate_section(rng, "dispersed", shape=(1024, 1024), particles=120, radius=42.0)
    maps = simulate.simulate_counts(
        rng, section, alloy, simulate.Microscope(counts_per_pixel=50.0, background=0.0)
    )
    assert len(maps.elements) == 8
    np.save(folder / "stack.npy", maps.values.astype(np.float32))
    names = ", ".join(f'"{e}"' for e in maps.elements)
    (folder / "maps.toml").write_text(
        '[map]\npixel_size = "50 nm"\ndetector = "wds"\nquantity = "counts"\n'
        f'stack = "stack.npy"\nplanes = [{names}]\n'
    )
    (folder / "k.csv").write_text(simulate.k_factor_csv(maps, 0.02, rng))
    return folder / "maps.toml"


def large_stack(folder: Path) -> Path:
    """A grey stack, 256^3 voxels: spheres of B (grey) with spheres of A (bright) in resin (dark)."""
    import tifffile
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(8)
    z, y, x = np.ogrid[0:256, 0:256, 0:256]
    grey = np.full((256, 256, 256), 40.0, dtype=np.float32)
    for centre in np.array(np.meshgrid([45, 128, 211], [45, 128, 211], [45, 128, 211])).reshape(3, -1).T:
        near = tuple(slice(c - 40, c + 41) for c in centre)
        local = (
            (z[near[0]] - centre[0]) ** 2
            + (y[:, near[1]] - centre[1]) ** 2
            + (x[:, :, near[2]] - centre[2]) ** 2
        )
        part = grey[near]
        part[local < 38**2] = 110.0
        for _ in range(6):
            place = rng.normal(0.0, 11.0, 3)
            off = [place[i] + centre[i] for i in range(3)]
            ball = (
                (z[near[0]] - off[0]) ** 2 + (y[:, near[1]] - off[1]) ** 2 + (x[:, :, near[2]] - off[2]) ** 2
            )
            part[(ball < 11.0**2) & (local < 33**2)] = 180.0
    grey = gaussian_filter(grey, 0.7) + rng.normal(0.0, 8.0, grey.shape).astype(np.float32)
    path = folder / "stack.tif"
    tifffile.imwrite(path, np.clip(grey, 0, 255).astype(np.uint8), imagej=True, metadata={"axes": "ZYX"})
    return path


def long_record(folder: Path) -> Path:
    """100 cycles of 10 000 points at a 2 s interval, as a table of time, voltage and current; about 30 MB."""
    size = 1_000_000
    share = (np.arange(size) % 10_000) / 10_000
    current = np.select([share < 0.05, share < 0.5, share < 0.55], [0.0, -1e-3, 0.0], 1e-3)
    content = -np.cumsum(current) * 2.0 / 3600.0
    voltage = 1.0 - 0.9 * content / content.max() + 0.03 * np.sign(current)
    current += np.random.default_rng(0).normal(0.0, 2e-7, size)
    path = folder / "long.csv"
    with path.open("w") as out:
        out.write("Test Time (s),Voltage (V),Current (A)\n")
        np.savetxt(out, np.column_stack((2.0 * np.arange(size), voltage, current)), "%.1f,%.5f,%.4e")
    return path
