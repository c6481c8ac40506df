"""Names of emotions under which the labels of different corpora meet."""

from __future__ import annotations

#: Corpora call the same emotion angry, rabbia or W; a layout says which of these it is.
COMMON_EMOTIONS = (
    "admiration",
    "amusement",
    "anger",
    "anxiety",
    "boredom",
    "calm",
    "contempt",
    "despair",
    "disgust",
    "excitement",
    "fear",
    "frustration",
    "happiness",
    "interest",
    "irritation",
    "neutral",
    "pleasure",
    "pride",
    "relief",
    "sadness",
    "shame",
    "surprise",
    "tenderness",
)
