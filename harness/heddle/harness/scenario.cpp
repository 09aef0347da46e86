#include <stdexcept>

#include <rapidcheck/Random.h>
#include <rapidcheck/shrinkable/Create.h>

#include <heddle/harness/scenario.hpp>

namespace heddle {
namespace {

rc::Shrinkable<arguments> simplest_configuration(const contract_definition& contract) {
  return rc::shrinkable::just(contract.generate_configuration(rc::Random(0), 0).value());
}

std::uint16_t operation_named(const contract_definition& contract, std::string_view name) {
  std::string known;
  for (std::size_t i = 0; i < contract.operations.size(); ++i) {
    if (contract.operations[i]->name() == name) return static_cast<std::uint16_t>(i);
    known += (i == 0 ? "" : ", ") + contract.operations[i]->name();
  }
  throw std::invalid_argument("the contract \"" + contract.name + "\" has no operation \"" +
                              std::string(name) + "\"; it has " + known);
}

}  // namespace

scenario::scenario(std::shared_ptr<const contract_definition> contract)
    : contract_(std::move(contract)), program_{simplest_configuration(*contract_), {}, {}, {}} {}

scenario& scenario::configure(const value& config) {
  program_.configuration = rc::shrinkable::just(contract_->parse_configuration(config));
  return *this;
}

scenario& scenario::thread() {
  program_.processes.emplace_back();
  return *this;
}

scenario& scenario::advance(std::chrono::nanoseconds by) {
  program_.clock.push_back(rc::shrinkable::just(time_step{by.count(), false}));
  return *this;
}

scenario& scenario::step_wall_clock(std::chrono::nanoseconds by) {
  program_.clock.push_back(rc::shrinkable::just(time_step{by.count(), true}));
  return *this;
}

scenario& scenario::add(std::vector<heddle::call>& to, std::string_view operation,
                        const std::vector<value>& with) {
  const std::uint16_t index = operation_named(*contract_, operation);
  to.push_back(fixed_call(index, contract_->operations[index]->parse_arguments(with)));
  return *this;
}

harness::exhaustive_result scenario::search(std::uint32_t preemptions_max,
                                            std::uint64_t schedules_max) const {
  return harness::explore_exhaustively(*contract_, program_, {}, preemptions_max, schedules_max);
}

}  // namespace heddle
