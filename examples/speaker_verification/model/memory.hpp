#pragma once

namespace speaker_verification {

/// Lets the C library keep freed memory instead of handing it back to the system after every tensor.
///
/// A training step allocates and frees the same large tensors; by default glibc maps and unmaps each, and the
/// system clears every page again: 20 % of a step of the small network here. Call it once, first in `main`.
/// Does nothing where the C library is not glibc.
void keep_freed_memory();

} // namespace speaker_verification
