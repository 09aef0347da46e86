// Operations of a recorded history, one by one as they complete.
//
// A completion belongs to the call that its process has open. Two open calls of one process, and a completion
// without a call, are errors; a call that never completes has an unknown outcome, which the notes say.
//
// Memory: the calls that are open and one event; never the text.
#pragma once

#include <istream>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <heddle/linearizability/hash.hpp>
#include <heddle/recorded/event.hpp>

namespace heddle::recorded {

enum class outcome : std::uint8_t {
  ok,    ///< took effect once, between invocation and completion
  fail,  ///< certainly had no effect
  info,  ///< unknown: took effect once, at any time after its invocation, or never
};

inline constexpr std::uint32_t never = std::numeric_limits<std::uint32_t>::max();

struct operation {
  value process;
  std::string function;
  value key;       ///< which object it is about; null if the history has one object only
  value argument;  ///< what the invocation says
  value result;    ///< what the completion says; null without one
  outcome end = outcome::info;
  std::uint32_t invoked = 0;       ///< events before its invocation: the history's real-time order
  std::uint32_t returned = never;  ///< likewise of its completion; `never` if the outcome is info
  text_position call;              ///< where the text says that it was invoked
  text_position completion;        ///< and completed; line 0: it never was
};

/// What a reader met that is no error but ought to be known.
struct reading_notes {
  std::uint64_t unfinished = 0;        ///< calls without completion, taken as info
  std::uint32_t first_unfinished = 0;  ///< line of the first of them
  std::uint64_t of_no_client = 0;  ///< events of processes that are no clients, such as :nemesis; not judged
  std::uint32_t first_of_no_client = 0;  ///< line of the first of them

  /// One sentence each.
  std::vector<std::string> texts() const;
};

class history_reader {
 public:
  /// `name` is what errors call the text; `in` must outlive the reader. Throws history_error if the format is
  /// `automatic` and cannot be told.
  history_reader(std::istream& in, std::string name, format f = format::automatic);

  /// The next operation in order of completions, those without one last; empty after the last. Throws
  /// history_error, after which the reader must not be used.
  std::optional<operation> next();

  format text_format() const { return format_; }
  const std::string& name() const { return source_.name(); }
  const reading_notes& notes() const { return notes_; }

 private:
  struct hash {
    std::size_t operator()(const value& v) const { return heddle_hash(v); }
  };

  void invoke(event&& e);
  operation complete(event&& e);
  std::optional<operation> next_unfinished();

  text_source source_;
  format format_;
  std::unique_ptr<event_reader> events_;
  event event_;
  std::uint32_t position_ = 0;
  std::unordered_map<value, operation, hash> open_;  ///< by process
  std::vector<operation> unfinished_;                ///< latest first, once the text has ended
  bool ended_ = false;
  reading_notes notes_;
};

}  // namespace heddle::recorded
