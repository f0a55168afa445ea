"""Files that people attach: checked by their content, the original sealed, a clean copy served. See decision 0014.

An app takes a file with `store_attachment`, keeps it with `claim_attachments` in the transaction of its own row, and hands it out
with `answer_attachment` after its own `visible_to`. Nobody but its sender sees a file that no row has claimed.
"""
