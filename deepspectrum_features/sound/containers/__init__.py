"""What recordings come in: files told apart, measured, and opened by libsndfile or FFmpeg."""
