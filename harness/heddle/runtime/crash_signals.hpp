// SIGSEGV, SIGBUS, SIGFPE and SIGILL inside a schedule end the schedule, not the process.
#pragma once

namespace heddle::runtime {

/// Installs the handlers once; outside a schedule they pass the signal on to whoever handled it before.
void install_crash_handlers();

}  // namespace heddle::runtime
