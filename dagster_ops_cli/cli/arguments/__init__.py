"""What several commands read from the command line: ids, names, keys, tags, metadata and run config."""
