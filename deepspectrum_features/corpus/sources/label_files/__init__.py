"""Files that come with a corpus and tell what its recordings are: the readers of layouts."""
