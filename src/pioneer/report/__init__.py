"""What a run leaves for people: an HTML page, JSON, the curation log, a model card, a table.

`write.write_reports` writes the files, `card.model_card` and `terminal.summary_table` the rest; all
are drawn from one `record.RunReport`.
"""
