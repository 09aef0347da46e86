// The four session guarantees of weakly consistent stores: what a process may rely on for its own operations.
//
//   read your writes     a read sees the writes that its process made before
//   monotonic reads      a read sees what the process's earlier reads saw
//   monotonic writes     who sees a write sees what its process wrote before; and they take effect in that
//   order writes follow reads  who sees a write sees what its process had read before; likewise
//
// A history satisfies some of them if there are a set of writes for every read to see and one order of all
// writes, such that the guarantees hold and every read returns the last write that it sees of the key. The
// smallest sets are computed (all rules only ever add), then what they say about the order; they fail
// if that has a cycle. All four together, with the one order of writes, are causal convergence (causal.hpp).
//
// Sources: Terry et al., Session Guarantees for Weakly Consistent Replicated Data (PDIS 1994); Viotti &
// Vukolić, Consistency in Non-Transactional Distributed Storage Systems (ACM Computing Surveys 2016).
//
// Complexity: O(n²/64) per round for n operations, of which there are as many as the longest chain of reads
// from other processes, at most n; memory n²/4 bytes.
#pragma once

#include <heddle/conditions/register_operations.hpp>

namespace heddle::conditions {

struct session_guarantees {
  bool read_your_writes = false;
  bool monotonic_reads = false;
  bool monotonic_writes = false;
  bool writes_follow_reads = false;
};

/// Whether a history satisfies all of the chosen guarantees at once.
condition_verdict check_sessions(register_operations history, const session_guarantees& chosen,
                                 const register_names& names = {});

inline condition_verdict read_your_writes(register_operations history) {
  return check_sessions(history, {.read_your_writes = true});
}
inline condition_verdict monotonic_reads(register_operations history) {
  return check_sessions(history, {.monotonic_reads = true});
}
inline condition_verdict monotonic_writes(register_operations history) {
  return check_sessions(history, {.monotonic_writes = true});
}
inline condition_verdict writes_follow_reads(register_operations history) {
  return check_sessions(history, {.writes_follow_reads = true});
}

}  // namespace heddle::conditions
