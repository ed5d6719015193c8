"""The local page: people label the seed, review what the panel is unsure about, watch a run."""
