#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <heddle/harness/strategies.hpp>
#include <heddle/harness/strategies/delay_bounding.hpp>
#include <heddle/harness/strategies/partial_order_sampling.hpp>
#include <heddle/harness/strategies/pct.hpp>
#include <heddle/harness/strategies/preemption_bounding.hpp>
#include <heddle/harness/strategies/random_walk.hpp>
#include <heddle/harness/strategies/selectively_uniform_walk.hpp>

namespace heddle::harness {
namespace {

constexpr std::uint32_t no_bound = ~std::uint32_t{0};

template <class Strategy, std::uint32_t... With>
std::unique_ptr<strategy> make() {
  return std::make_unique<Strategy>(With...);
}

struct named_strategy {
  std::string_view name;
  std::unique_ptr<strategy> (*make)();
};

constexpr named_strategy all[] = {
    {"random", make<random_walk>},
    {"pct2", make<pct, 2>},
    {"pct3", make<pct, 3>},
    {"pos", make<partial_order_sampling>},
    {"surw", make<selectively_uniform_walk>},
    {"bounded", make<preemption_bounding, no_bound>},
    {"delay", make<delay_bounding, no_bound>},
};

}  // namespace

std::vector<std::string_view> strategy_names() {
  std::vector<std::string_view> names;
  for (const named_strategy& s : all) names.emplace_back(s.name);
  return names;
}

std::unique_ptr<strategy> make_strategy(std::string_view name) {
  for (const named_strategy& s : all)
    if (s.name == name) return s.make();
  throw std::invalid_argument(
      fmt::format("there is no strategy \"{}\"; there are {}", name, fmt::join(strategy_names(), ", ")));
}

}  // namespace heddle::harness
