"""Studies: the chain from powder to verdicts and battery over a space of inputs.

Layers, imports only downward: ``show`` (page, pictures), ``run`` (a whole STUDY.toml), ``parts`` (sweep,
sensitivity, inverse design, map, window, calibration), ``chain`` (what a point is and what it gives),
``points`` (points through journal and lanes), ``lanes`` (processes, cluster), ``journal``.
"""
