"""What cleaning may take, and how its process says that it could not."""

from casework.evidence.cleaning.faults import CleaningFault

MAX_BYTES = 64 * 1024 * 1024
# A picture of 64 megapixels, decoded, turned and encoded, takes half of it.
MEMORY_BYTES = 1536 * 1024 * 1024
SECONDS = 60
STATUS = {fault: number for number, fault in enumerate(CleaningFault, start=64)}
