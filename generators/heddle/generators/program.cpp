#include <algorithm>
#include <memory>
#include <set>

#include <rapidcheck/Random.h>
#include <rapidcheck/seq/Create.h>
#include <rapidcheck/seq/Operations.h>
#include <rapidcheck/shrinkable/Create.h>

#include <heddle/generators/program.hpp>
#include <heddle/linearizability/number_text.hpp>

namespace heddle {
namespace {

// Draws independent values one after the other from one random stream.
class source {
 public:
  source(rc::Random random, int size) : numbers_(random.split()), values_(random.split()), size_(size) {}

  template <class T>
  rc::Shrinkable<T> draw(const rc::Gen<T>& gen) {
    return gen(values_.split(), size_);
  }
  /// Uniform in [least, most].
  std::uint32_t number(std::uint32_t least, std::uint32_t most) {
    if (most <= least) return least;
    return least + static_cast<std::uint32_t>(numbers_.next() % (most - least + 1));
  }
  double unit() { return static_cast<double>(numbers_.next() >> 11) * 0x1p-53; }
  int size() const { return size_; }

 private:
  rc::Random numbers_;  // a stream that numbers are drawn from cannot be split any more
  rc::Random values_;
  int size_;
};

std::uint16_t choose_operation(const contract_definition& contract, source& from) {
  double total = 0;
  for (const auto& o : contract.operations) total += o->weight;
  double left = from.unit() * total;
  for (std::size_t i = 0; i + 1 < contract.operations.size(); ++i) {
    left -= contract.operations[i]->weight;
    if (left < 0) return static_cast<std::uint16_t>(i);
  }
  return static_cast<std::uint16_t>(contract.operations.size() - 1);
}

call draw_call(const contract_definition& contract, source& from) {
  const std::uint16_t operation = choose_operation(contract, from);
  return {operation, from.draw(contract.operations[operation]->generate())};
}

std::vector<call> draw_calls(const contract_definition& contract, source& from, std::uint32_t count) {
  std::vector<call> calls;
  for (std::uint32_t i = 0; i < count; ++i) calls.push_back(draw_call(contract, from));
  return calls;
}

// Small programs first: with size, the upper limits grow from their least value to that of the shape.
std::uint32_t grown(std::uint32_t least, std::uint32_t most, int size) {
  if (most <= least) return least;
  const auto share = static_cast<std::uint32_t>(std::clamp(size, 0, 100));
  return least + ((most - least) * share + 50) / 100;
}

program draw_program(const contract_definition& contract, source& from) {
  const program_shape& shape = contract.shape;
  program p{from.draw(contract.generate_configuration), {}, {}, {}};
  // A third of the runs start from the initial state; the others from wherever a few calls lead.
  if (from.number(0, 2) != 0)
    p.prefix = draw_calls(contract, from, from.number(0, grown(1, shape.prefix_max, from.size())));
  const std::uint32_t processes =
      from.number(shape.processes_min, grown(shape.processes_min, shape.processes_max, from.size()));
  for (std::uint32_t i = 0; i < processes; ++i)
    p.processes.push_back(draw_calls(contract, from, from.number(1, grown(1, shape.calls_max, from.size()))));
  if (contract.generate_time_step) {
    const std::uint32_t steps = from.number(0, shape.time_steps_max);
    for (std::uint32_t i = 0; i < steps; ++i) p.clock.push_back(from.draw(*contract.generate_time_step));
  }
  return p;
}

// --- Shrinking

template <class T>
std::vector<T> without(const std::vector<T>& all, std::size_t first, std::size_t count) {
  std::vector<T> rest(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(first));
  rest.insert(rest.end(), all.begin() + static_cast<std::ptrdiff_t>(first + count), all.end());
  return rest;
}

// Candidates that lack a run of at most `longest` elements of one list; then half as many, …, single ones.
template <class T, class Put>
void drop_runs(const std::vector<T>& list, std::size_t longest, std::vector<program>& to, Put put) {
  for (std::size_t count = longest; count > 0; count /= 2)
    for (std::size_t first = 0; first + count <= list.size(); first += count)
      to.push_back(put(without(list, first, count)));
}

void drop_structure(const program& from, std::vector<program>& to) {
  for (std::size_t i = 0; from.processes.size() > 1 && i < from.processes.size(); ++i) {
    program p = from;
    p.processes = without(from.processes, i, 1);
    to.push_back(std::move(p));
  }
  drop_runs(from.clock, from.clock.size(), to, [&](auto rest) {
    program p = from;
    p.clock = std::move(rest);
    return p;
  });
  drop_runs(from.prefix, from.prefix.size(), to, [&](auto rest) {
    program p = from;
    p.prefix = std::move(rest);
    return p;
  });
  for (std::size_t i = 0; i < from.processes.size(); ++i) {
    drop_runs(from.processes[i], from.processes[i].size() / 2, to, [&](auto rest) {
      program p = from;
      p.processes[i] = std::move(rest);
      return p;
    });
  }
}

// A first call that need not be concurrent moves to the prefix: fewer interleavings, the same story.
void sequence_first_calls(const program& from, std::vector<program>& to) {
  for (std::size_t i = 0; i < from.processes.size(); ++i) {
    if (from.processes.size() == 1 && from.processes[i].size() == 1) continue;
    program p = from;
    p.prefix.push_back(from.processes[i].front());
    p.processes[i].erase(p.processes[i].begin());
    if (p.processes[i].empty()) p.processes = without(p.processes, i, 1);
    to.push_back(std::move(p));
  }
}

using candidates = rc::Seq<program>;

// One candidate for each simpler value of one part.
template <class T, class Put>
candidates simpler_part(const rc::Shrinkable<T>& part, Put put) {
  return rc::seq::map(part.shrinks(), [put](rc::Shrinkable<T> simpler) { return put(std::move(simpler)); });
}

candidates simpler_parts(const program& from) {
  auto origin = std::make_shared<const program>(from);
  candidates all = simpler_part(from.configuration, [origin](rc::Shrinkable<arguments> simpler) {
    program p = *origin;
    p.configuration = std::move(simpler);
    return p;
  });
  for (std::size_t i = 0; i < from.clock.size(); ++i)
    all = rc::seq::concat(std::move(all),
                          simpler_part(from.clock[i], [origin, i](rc::Shrinkable<time_step> simpler) {
                            program p = *origin;
                            p.clock[i] = std::move(simpler);
                            return p;
                          }));
  for (std::size_t i = 0; i < from.prefix.size(); ++i)
    all = rc::seq::concat(std::move(all),
                          simpler_part(from.prefix[i].with, [origin, i](rc::Shrinkable<arguments> simpler) {
                            program p = *origin;
                            p.prefix[i].with = std::move(simpler);
                            return p;
                          }));
  for (std::size_t i = 0; i < from.processes.size(); ++i)
    for (std::size_t k = 0; k < from.processes[i].size(); ++k)
      all = rc::seq::concat(std::move(all), simpler_part(from.processes[i][k].with,
                                                         [origin, i, k](rc::Shrinkable<arguments> simpler) {
                                                           program p = *origin;
                                                           p.processes[i][k].with = std::move(simpler);
                                                           return p;
                                                         }));
  return all;
}

}  // namespace

std::size_t program::calls() const {
  std::size_t count = 0;
  for (const auto& process : processes) count += process.size();
  return count;
}

std::size_t program::longest_process() const {
  std::size_t longest = 0;
  for (const auto& process : processes) longest = std::max(longest, process.size());
  return longest;
}

rc::Gen<program> programs(const contract_definition& contract) {
  return [&contract](const rc::Random& random, int size) {
    source from(random, size);
    return rc::shrinkable::shrinkRecur(draw_program(contract, from),
                                       [](const program& p) { return smaller_programs(p); });
  };
}

call fixed_call(std::uint16_t operation, arguments with) {
  return {operation, rc::shrinkable::just(std::move(with))};
}

rc::Seq<program> smaller_programs(const program& from) {
  std::vector<program> structural;
  drop_structure(from, structural);
  sequence_first_calls(from, structural);
  return rc::seq::concat(rc::seq::fromContainer(std::move(structural)), simpler_parts(from));
}

std::string describe_call(const contract_definition& contract, std::uint16_t operation,
                          const arguments& with) {
  const auto& o = *contract.operations[operation];
  std::string text = o.name() + "(";
  const char* separator = "";
  for (const value& argument : o.describe_arguments(with)) {
    text += separator + to_text(argument);
    separator = ", ";
  }
  return text + ")";
}

std::string describe_process(const recorded_history& history, std::uint32_t process) {
  if (process == main_process) return "main";
  std::set<std::uint32_t> met;
  for (const recorded_call& c : history.calls) {
    if (c.process != main_process) met.insert(c.process);
    if (c.process == process) return "thread " + std::to_string(met.size());
  }
  return "thread " + std::to_string(met.size() + 1);
}

std::string describe_size(const program& p) {
  return counted(p.processes.size(), "thread") + " × " + counted(p.longest_process(), "call");
}

}  // namespace heddle
