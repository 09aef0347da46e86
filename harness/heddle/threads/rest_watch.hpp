// Tells when the threads of a run on OS threads can never go on again.
//
// Algorithm: two looks at every thread through /proc (Linux). A look notes the system call that the thread
// sleeps in and how often it has slept so far. A thread with two equal looks did not run in between; when the
// looks of all are equal and each sleeps in a futex wait without a timeout, all of them slept at one same
// moment, and only a thread from outside the run could wake them. (Double collect: Afek, Attiya, Dolev,
// Gafni, Merritt, Shavit 1993.) Cost: some tens of microseconds per thread and look. Where /proc tells
// nothing, no rest is ever seen.
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

namespace heddle::runtime {

class rest_watch {
 public:
  /// Begins a run: threads that exist now are not part of it.
  rest_watch();

  /// True if all threads of the run sleep in the same untimed waits as at the look before.
  bool still_at_rest();

 private:
  struct look {
    pid_t thread;
    std::string sleeps_in;
    bool operator==(const look&) const = default;
  };

  std::vector<pid_t> outside_;
  std::vector<look> before_;  ///< empty if somebody was not in an untimed wait
};

}  // namespace heddle::runtime
