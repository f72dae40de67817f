"""What the policy may come as, in the words for whoever sent something else."""

READS = "Lanyard reads Word (.docx), PDF and plain text."
SAVE_AS = "Open it in Word and save it again as .docx."
