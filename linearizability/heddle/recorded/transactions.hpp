// Recorded transactions over lists, as the analysis of isolation takes them.
#pragma once

#include <vector>

#include <heddle/isolation/list_append.hpp>
#include <heddle/recorded/history.hpp>

namespace heddle::recorded {

/// What the transaction did: as its completion says, else as it was asked to; none if neither is a list.
std::vector<value> steps_of(const history& h, const entry& e);

struct list_transactions {
  isolation::list_append_history history;
  std::vector<std::uint32_t> entries;  ///< of the recorded history, by transaction
  std::vector<value> keys;             ///< by isolation::key_id
  bool plain_elements = true;          ///< elements are themselves, not numbers given to other values
};

/// Reads [[append 1 2] [r 1 [2]]] of every entry, committed or not. Precondition: `h` has been judged by the
/// model list-append, so that its values have this form. Adds values to `h`.
list_transactions transactions_of(history& h);

}  // namespace heddle::recorded
