"""What a user asks for: paging, filtering, waiting, combining."""
