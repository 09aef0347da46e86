// SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT inside a schedule end the schedule, not the process.
#pragma once

namespace heddle::runtime {

/// Installs the handlers unless they are in place; outside a schedule they pass the signal on to whoever
/// handled it before.
void install_crash_handlers();

}  // namespace heddle::runtime
