// One line of a recorded history, and the formats that such lines are written in.
#pragma once

#include <memory>
#include <string>

#include <heddle/linearizability/value.hpp>
#include <heddle/recorded/text_source.hpp>

namespace heddle::recorded {

enum class format : std::uint8_t {
  automatic,  ///< told by how the text begins
  jsonl,      ///< Heddle's JSON Lines: a header {"heddle-history": 1}, then one event per line
  edn,        ///< Jepsen's operations: maps one after the other, or in one vector
  etcd,       ///< Jepsen's log lines: INFO  jepsen.util - 4 :invoke :cas [2 4]
};

/// An invocation or a completion.
struct event {
  enum class kind : std::uint8_t { invoke, ok, fail, info };
  kind what = kind::invoke;
  text_position at;
  value process;         ///< an integer or a text; a symbol is no client (Jepsen's :nemesis)
  std::string function;  ///< empty if a completion does not repeat it
  value key;             ///< null if there is none
  value content;         ///< what was passed, or what came back
};

class event_reader {
 public:
  virtual ~event_reader() = default;
  /// False at the end of the text. Throws history_error.
  virtual bool next(event& e) = 0;
};

/// A reader of `f`, which is not `automatic`. `in` must outlive it.
std::unique_ptr<event_reader> read_events(text_source& in, format f);

/// The format of the text that begins here; takes blanks at most. Throws history_error if it is none.
format detect_format(text_source& in);

}  // namespace heddle::recorded
