"""What a study leaves for people: tables, maps, the page."""
