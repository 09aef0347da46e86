// Directed tests of a transactional store: programs whose threads make one transaction each.
//
//     begins_with(s, {put{x, 1}, put{y, 1}});
//     commits(s, {get{x}, get{y}, put{x, 2}});
//     commits(s, {get{x}, get{y}, put{y, 2}});
#pragma once

#include <utility>
#include <vector>

#include <heddle/contracts/transactions.hpp>

#include "directed.hpp"

namespace heddle::tests {

using namespace contracts::transactions;
using enum row;

inline void transaction_of_a_thread(scenario& s, std::vector<statement> statements, ending end) {
  s.thread().call("transaction", script{std::move(statements), end});
}

/// One more thread, which makes one transaction and commits it.
inline void commits(scenario& s, std::vector<statement> statements) {
  transaction_of_a_thread(s, std::move(statements), ending::commit);
}

/// The same of a transaction that is declared to write nothing.
inline void reads(scenario& s, std::vector<statement> statements) {
  transaction_of_a_thread(s, std::move(statements), ending::commit_read_only);
}

inline void rolls_back(scenario& s, std::vector<statement> statements) {
  transaction_of_a_thread(s, std::move(statements), ending::roll_back);
}

/// What is committed before the threads start.
inline void begins_with(scenario& s, std::vector<statement> statements) {
  s.first("transaction", script{std::move(statements), ending::commit});
}

}  // namespace heddle::tests
