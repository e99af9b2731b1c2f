"""What only a terminal gets: tables that fit the window, colours, signs, ages and links. A pipe never loads this."""
