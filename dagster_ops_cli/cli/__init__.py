"""The command line: it parses arguments, calls one API method, and shows the answer."""
