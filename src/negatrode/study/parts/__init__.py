"""The parts of a study: each plans points, has them computed, and says what they show."""
