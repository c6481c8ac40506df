"""How well features stand on speech nobody tuned on: many corpora, every feature set on each."""
