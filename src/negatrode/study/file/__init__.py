"""STUDY.toml: read and checked, section by section."""
