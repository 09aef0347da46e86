// A program written by hand: the directed interleaving of a known bug, searched exhaustively.
//
//     heddle::scenario(contract)
//         .first("try_acquire", 9)
//         .thread().call("try_acquire", 1)
//         .thread().call("try_acquire", 1)
//         .search();
#pragma once

#include <chrono>
#include <memory>
#include <string_view>
#include <vector>

#include <heddle/generators/program.hpp>
#include <heddle/harness/exploration.hpp>
#include <heddle/linearizability/value.hpp>

namespace heddle {

class scenario {
 public:
  explicit scenario(std::shared_ptr<const contract_definition> contract);
  template <class Contract>
  requires requires(const Contract& c) { c.definition(); }
  explicit scenario(const Contract& contract) : scenario(contract.definition()) {}

  /// The configuration, of the type that configured_by() generates. Without, the contract's simplest one.
  template <class Config>
  scenario& configured(const Config& config) {
    return configure(to_value(config));
  }
  /// A call made before the threads start.
  template <class... A>
  scenario& first(std::string_view operation, const A&... with) {
    return add(program_.prefix, operation, {to_value(with)...});
  }
  /// One more thread; the calls that follow are its.
  scenario& thread();
  template <class... A>
  scenario& call(std::string_view operation, const A&... with) {
    return add(program_.processes.back(), operation, {to_value(with)...});
  }
  /// A step of the clock, made by a process of the clock's own at any time.
  scenario& advance(std::chrono::nanoseconds by);
  scenario& step_wall_clock(std::chrono::nanoseconds by);

  const program& written() const { return program_; }

  /// Every schedule with at most so many preemptions, until one fails. Throws std::invalid_argument for an
  /// operation that the contract lacks and value_error for arguments that do not fit.
  harness::exhaustive_result search(std::uint32_t preemptions_max = 3,
                                    std::uint64_t schedules_max = 100'000) const;

 private:
  scenario& configure(const value& config);
  scenario& add(std::vector<heddle::call>& to, std::string_view operation, const std::vector<value>& with);

  std::shared_ptr<const contract_definition> contract_;
  program program_;
};

}  // namespace heddle
