"""Where utterances are listed: folders, tables, annotations beside recordings, and Python."""
