// Sequential and quiescent consistency, by the search for linearizability on histories whose real-time order
// has been replaced by a weaker one.
//
//   sequentially consistent   some order of the operations that keeps that of each process is explained by
//   the
//                             model. Not local: it holds or fails for all objects together.
//   quiescently consistent    operations that are separated by a moment at which none was open keep their
//                             order; others may change places, even those of one process. Local: each object
//                             has its own such moments.
//
// An operation that never returned is open for good, so after its invocation there is no quiescent moment.
//
// Sources: Lamport, How to Make a Multiprocessor Computer (1979); Aspnes, Herlihy & Shavit, Counting Networks
// (JACM 1994), and Herlihy & Shavit, The Art of Multiprocessor Programming, chapter 3.
//
// Complexity: that of the search, with all operations of a process's rest or of a period without quiescence
// concurrent: for small histories.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <heddle/linearizability/checker.hpp>

namespace heddle::conditions {

/// The same actions, each after the one before it of its process and concurrent with all others. What may
/// never take effect holds nobody up. All are of one partition. `processes` has the process of each action.
/// Throws std::invalid_argument if there are more or fewer of them.
std::vector<linearizability::action> in_process_order(std::span<const linearizability::action> history,
                                                      std::span<const std::uint32_t> processes);

/// The same actions, concurrent with all others of their object until nothing is open, neither of them nor of
/// `also_open`: operations that had no effect, of which only interval and partition matter.
std::vector<linearizability::action> in_quiescent_order(
    std::span<const linearizability::action> history,
    std::span<const linearizability::action> also_open = {});

/// Is it sequentially consistent? As linearizability of in_process_order(), but of several objects. The
/// culprit of a violation is the first response in real time with which the history stops being sequentially
/// consistent. The states in `order` are those of the action's own partition. Throws std::invalid_argument
/// also for a malformed history, or if an action concerns every partition.
linearizability::verdict check_sequential(std::span<const linearizability::action> history,
                                          std::span<const std::uint32_t> processes,
                                          linearizability::transition_system& model,
                                          const linearizability::check_options& options = {});

/// Is it quiescently consistent? Linearizability of in_quiescent_order().
linearizability::verdict check_quiescent(std::span<const linearizability::action> history,
                                         linearizability::transition_system& model,
                                         const linearizability::check_options& options = {});

}  // namespace heddle::conditions
