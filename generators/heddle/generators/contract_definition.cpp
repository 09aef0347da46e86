#include <utility>

#include <rapidcheck/Random.h>
#include <rapidcheck/gen/Transform.h>

#include <heddle/generators/contract_definition.hpp>
#include <heddle/generators/linearizable.hpp>

namespace heddle {
namespace {

rc::Gen<time_step> either(rc::Gen<time_step> a, rc::Gen<time_step> b) {
  return [a = std::move(a), b = std::move(b)](rc::Random random, int size) {
    rc::Random choice = random.split();
    const auto& chosen = choice.next() % 2 == 0 ? a : b;
    return chosen(random.split().split(), size);
  };
}

}  // namespace

contract_definition::contract_definition()
    : generate_configuration(detail::always({})),
      describe_configuration([](const arguments&) { return value(); }),
      parse_configuration([](const value&) { return arguments(); }),
      decide(judge_linearizable) {}

contract_definition::~contract_definition() = default;

void contract_definition::add_time_steps(rc::Gen<erased_value> nanoseconds, bool wall_clock_only) {
  rc::Gen<time_step> steps = rc::gen::map(std::move(nanoseconds), [wall_clock_only](const erased_value& by) {
    return time_step{detail::as<std::chrono::nanoseconds>(by).count(), wall_clock_only};
  });
  generate_time_step =
      generate_time_step ? either(std::move(*generate_time_step), std::move(steps)) : std::move(steps);
}

}  // namespace heddle
