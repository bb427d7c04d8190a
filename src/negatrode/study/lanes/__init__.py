"""Where points are computed: processes of this machine, or workers of a cluster."""
