"""A certificate as a filing log and the office would make it, from fixed keys."""

import hashlib

from crypto.checkpoints import Checkpoint, cosign, cosigner_text, sign_checkpoint
from crypto.merkle import inclusion_proof, leaf_hash, tree_root
from crypto.notes import verifier_text
from crypto.proofs import LogProof, format_proof

LOG, WITNESS = "report.example/filing", "office.example/witness"
LOG_SEED, WITNESS_SEED = bytes(range(32)), bytes(range(32, 64))
LOG_KEY, WITNESS_KEY = verifier_text(LOG, LOG_SEED), cosigner_text(WITNESS, WITNESS_SEED)
MOMENT = 1795564800  # the beginning of 25 November 2026
ENTRIES = tuple(hashlib.sha256(bytes([number])).digest() for number in range(11))
LEAVES = tuple(map(leaf_hash, ENTRIES))
INDEX = 6
# The beginning of a sealed report is as good as the whole.
SALT, SEALED = bytes(range(32)), b"age-encryption.org/v1\n"
CHECKPOINT = Checkpoint(LOG, len(LEAVES), tree_root(LEAVES))
SIGNED = sign_checkpoint(CHECKPOINT, LOG_SEED)
COSIGNED = cosign(SIGNED, WITNESS, WITNESS_SEED, MOMENT)


def certificate(checkpoint: str = COSIGNED, index: int = INDEX) -> str:
    """Write the certificate of one of the entries."""
    path = inclusion_proof(LEAVES, index)
    return format_proof(LogProof(index, path, checkpoint, ENTRIES[index]))
