"""The formats that a policy may come in, in words for whoever sent another one."""

READS = "Lanyard reads Word (.docx), PDF and plain text."
SAVE_AS = "Open it in Word and save it again as .docx."
