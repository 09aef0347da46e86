// A history of reads and writes whose registers and contents are any values, judged by the conditions that
// are about registers. Verdicts speak of processes, registers and contents as they are called.
//
//   register_history h;
//   const auto p = h.add_process("process 1");
//   h.write(p, {{value::symbol("x"), value::integer(3)}});
//   h.read(p, {{value::symbol("x"), value()}});
//   h.check(condition::read_your_writes).why   // "process 1 wrote 3 to x and afterwards read nothing from x"
//
// Every content is written to a register only once, and not the one that it holds at first: else a read does
// not say which write it saw.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <heddle/conditions/condition.hpp>
#include <heddle/conditions/register_operations.hpp>
#include <heddle/linearizability/value.hpp>

namespace heddle::conditions {

class register_history {
 public:
  struct access {
    value key;  ///< null: the only register there is, which needs no name
    value content;
  };

  std::uint32_t add_process(std::string name);
  /// Before the first write; null if it is not told.
  void starts_with(const value& key, const value& content);
  /// Of one process in its order, of different processes in any. The operation's number, counted from 0. An
  /// uncertain write may not have happened.
  std::uint32_t read(std::uint32_t process, const std::vector<access>& seen);
  std::uint32_t write(std::uint32_t process, const std::vector<access>& written, bool uncertain = false);
  std::size_t size() const { return operations_.size(); }

  /// A write after which reads do not say any more what they saw.
  struct ambiguity {
    std::uint32_t write = 0;
    std::uint32_t earlier = no_operation;  ///< which wrote the same; none: it was there at first
  };
  std::optional<ambiguity> ambiguous() const;

  /// Throws std::invalid_argument if the history is ambiguous, or if the condition is not about registers.
  condition_verdict check(condition c) const;

 private:
  std::uint32_t add(register_operation o, const std::vector<access>& accesses);
  std::int64_t number(const value& v);
  std::int64_t initial(std::int64_t key) const;
  /// With reads of what was there at first as reads of nothing.
  std::vector<register_operation> with_nothing() const;
  register_names names() const;

  std::vector<std::string> processes_;
  std::vector<value> values_;  ///< by number: registers and contents
  std::map<value, std::int64_t> numbers_;
  std::map<std::int64_t, std::int64_t> initial_;  ///< by register
  std::vector<register_operation> operations_;
};

}  // namespace heddle::conditions
