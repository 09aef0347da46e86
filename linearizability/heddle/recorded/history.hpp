// A whole recorded history in memory, compact: equal values are kept once.
//
// About 50 bytes per operation and 120 per distinct value.
#pragma once

#include <deque>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <heddle/linearizability/probe_table.hpp>
#include <heddle/recorded/history_reader.hpp>

namespace heddle::recorded {

/// Equal ids mean equal values.
using value_id = std::uint32_t;
/// The id of the null value.
inline constexpr value_id null_value = 0;

/// Distinct values by number.
class value_table {
 public:
  value_table() { intern({}); }
  value_id intern(value v);
  const value& operator[](value_id id) const { return values_[id]; }
  std::size_t size() const { return values_.size(); }

 private:
  std::deque<value> values_;
  linearizability::probe_table index_;
};

/// An operation (history_reader.hpp) with its values by number; `function` stands for a symbol.
struct entry {
  value_id process = 0;
  value_id function = 0;
  value_id key = null_value;
  value_id argument = null_value;
  value_id result = null_value;
  std::uint32_t invoked = 0;
  std::uint32_t returned = never;
  text_position call;
  text_position completion;
  outcome end = outcome::info;
};

class history {
 public:
  explicit history(std::string name) : name_(std::move(name)) {}

  void add(operation op);
  void set_notes(const reading_notes& notes) { notes_ = notes; }
  /// For parts of values that judges ask about.
  value_id intern(value v) { return values_.intern(std::move(v)); }

  /// In order of completions, those without one last.
  std::span<const entry> entries() const { return entries_; }
  const value& at(value_id id) const { return values_[id]; }
  /// Ids are smaller.
  std::size_t value_count() const { return values_.size(); }
  const std::string& function(const entry& e) const { return values_[e.function].as_symbol(); }
  const std::string& name() const { return name_; }
  const reading_notes& notes() const { return notes_; }

  /// Throws history_error at the entry's invocation, or at its completion if `completed`.
  [[noreturn]] void fail(const entry& e, std::string_view expected, std::string_view found,
                         bool completed = false) const;

 private:
  std::string name_;
  std::vector<entry> entries_;
  value_table values_;
  reading_notes notes_;
};

/// Everything that the reader still has. Throws history_error.
history read_history(history_reader& in);
/// Throws history_error, also if the file cannot be opened.
history read_history(const std::filesystem::path& file, format f = format::automatic);

/// One line: "cas [1, 2] → false", "read → unknown".
std::string to_text(const history& h, const entry& e);
/// "line 12", or "event 12" if the history was not read from a text.
std::string place_of_call(const entry& e);
/// Likewise of its completion; of its call if it has none.
std::string place_of(const entry& e);

}  // namespace heddle::recorded
