"""From steps to files: templates, one composer per format, languages. No mathematics."""
