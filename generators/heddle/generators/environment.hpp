// What a contract's own glue may do to the world around the component: end a process in mid-call.
//
// The harness provides it; outside a run it throws.
#pragma once

namespace heddle {

/// Kills the calling process here and now: its stack is not unwound, none of its code runs any more, what it
/// was doing stays half done. The call is recorded with unknown outcome, later calls of the process are not
/// made.
[[noreturn]] void crash_this_process();

/// For the harness: what crash_this_process() does. Returns what it did before.
using crash_handler = void (*)();
crash_handler set_crash_handler(crash_handler handler);

}  // namespace heddle
