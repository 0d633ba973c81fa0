"""The track that makes examples: its problem, assets, scoring and references."""
