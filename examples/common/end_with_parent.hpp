#pragma once

#include <csignal>

#include <sys/prctl.h>
#include <sys/types.h>
#include <unistd.h>

namespace examples {

/// In a child, between fork and exec: it is killed when the thread that forked it ends, however that comes. Else a
/// program whose parent was killed would go on writing where the parent's successor works. `parent` is getpid() of
/// before the fork. Safe there: two system calls.
inline void end_with_parent(pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    // The parent may have ended before the signal was asked for.
    if (getppid() != parent) _exit(127);
}

} // namespace examples
