"""What a point of a study is, and what the chain from powder to battery makes of it."""
