// An operation of a contract with its types erased: what the engine, compiled once, needs to know to generate
// calls of it, run them, print them, store them, and ask the model about them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <heddle/generators/generator.hpp>
#include <heddle/linearizability/checker.hpp>
#include <heddle/linearizability/model.hpp>
#include <heddle/linearizability/value.hpp>

namespace heddle {

/// The arguments of a call: a tuple that only its operation can look into. Null for none.
using arguments = erased_value;

/// What was seen of a call.
struct observation {
  enum class kind : std::uint8_t { nothing, returned, threw };
  kind what = kind::nothing;
  std::shared_ptr<const void> result;  ///< of the operation's result type, if returned
  std::string exception;               ///< "type: what", if threw
};

/// One call about to be made: everything is allocated, so that nothing but the component's own code runs
/// under control.
class execution {
 public:
  virtual ~execution() = default;
  /// Calls the component. Never throws: an exception is part of what is observed.
  virtual void run(void* subject, void* session) noexcept = 0;
  /// What came of it; `nothing` if run() did not finish.
  virtual observation observe() const = 0;
};

class operation;

/// A model in some configuration, ready to be asked about one history.
class specification {
 public:
  virtual ~specification() = default;
  virtual linearizability::transition_system& system() = 0;
  virtual value describe(linearizability::state_id state) const = 0;
  /// The symbol of one step of a call. The operation must outlive the specification.
  virtual linearizability::symbol_id call(const operation& what, std::size_t step, caller who,
                                          const arguments& with, const observation& seen) = 0;
  /// The symbol of a step of the clock. Throws std::logic_error if the model has no `advance`.
  virtual linearizability::symbol_id advance(std::int64_t by_ns) = 0;
};

/// What an operation does to registers, for the conditions that are about those (condition.hpp).
struct register_use {
  bool writes = false;
  std::size_t written = 0;  ///< index of the argument that it writes; what it reads is its result
  std::optional<std::size_t> key = std::nullopt;  ///< index of the argument that names the register
  bool several = false;                           ///< the result is a map from registers to what they hold
};

/// What can be done with arguments without knowing their types.
struct argument_types {
  std::vector<value> (*describe)(const void* tuple);
  /// Throws value_error if the values do not fit.
  arguments (*parse)(std::span<const value> values);
  std::uint64_t (*hash)(const void* tuple, std::size_t index);
};

/// What can be done with a result without knowing its type.
struct result_type {
  value (*describe)(const void* result);
  std::uint64_t (*hash)(const void* result);
};

class operation {
 public:
  operation(std::string name, const argument_types& takes, const result_type& answers,
            std::vector<linearizability::effect> effects, rc::Gen<arguments> generator);
  virtual ~operation() = default;
  operation(const operation&) = delete;
  operation& operator=(const operation&) = delete;

  const std::string& name() const { return name_; }

  const rc::Gen<arguments>& generate() const { return generator_; }
  std::vector<value> describe_arguments(const arguments& a) const { return takes_.describe(a.get()); }
  /// Throws value_error if the values do not fit the argument types.
  arguments parse_arguments(std::span<const value> values) const { return takes_.parse(values); }
  /// The independent object that the call concerns; equal keys, equal numbers.
  std::uint64_t partition(const arguments& a) const { return keyed ? takes_.hash(a.get(), *keyed) : 0; }

  virtual std::unique_ptr<execution> prepare(const arguments& a) const = 0;
  value describe_result(const observation& seen) const;
  std::uint64_t hash_result(const observation& seen) const;

  /// The steps that the call is for the model: one, or two if it is a request that is granted later.
  std::vector<linearizability::symbol_id> symbols(specification& model, caller who, const arguments& a,
                                                  const observation& seen) const;
  /// Appends to `successors` (a vector of the contract's models) what may follow the model `from` when the
  /// step of the call takes effect.
  virtual void take_step(std::size_t step, const void* from, caller who, const arguments& a,
                         const observation& seen, void* successors) const = 0;
  /// What the model would have answered in `state`, if it is deterministic here.
  virtual std::optional<value> expected(const specification& model, linearizability::state_id state,
                                        caller who, const arguments& a) const = 0;
  /// What the checker may know of a step beforehand.
  linearizability::effect effect_of(std::size_t step) const { return effects_[step]; }

  double weight = 1;                 ///< relative frequency in generated programs
  bool may_block = false;            ///< not returning is not by itself a failure: the model decides
  std::optional<std::size_t> keyed;  ///< index of the argument that names an independent object
  std::optional<register_use> registers;

 private:
  std::string name_;
  const argument_types& takes_;
  const result_type& answers_;
  std::vector<linearizability::effect> effects_;  ///< one per step
  rc::Gen<arguments> generator_;
};

}  // namespace heddle
