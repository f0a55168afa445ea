"""Lists taken out as files. A kind (`kinds`) says which rows and columns; a job (`run`) writes CSV or XLSX; `download`
asks for the permission and the scope again."""
