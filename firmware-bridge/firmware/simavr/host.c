// Runs ohmwork.hex under simavr, an emulator that shares no code with the virtual board, wired to plain models of the chips of bench-16.
//
//   host ohmwork.hex < lines
//
// Writes each line of standard input to the board when the one before was answered (or a second of the board's time have passed), and what the
// board writes to standard output. On standard error: bytes of RAM that were never used, and the board's time.
// A line `@power` cuts the supply of the potentiometers, `@pull <k>` takes chip k off the bench, `@reset` resets the controller.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <simavr/avr_ioport.h>
#include <simavr/avr_spi.h>
#include <simavr/avr_twi.h>
#include <simavr/avr_uart.h>
#include <simavr/sim_avr.h>
#include <simavr/sim_hex.h>
#include <simavr/sim_io.h>

enum { CHIPS = 8, RAM_START = 0x100, RAM_BYTES = 2048, PAINT = 0xA5, UCSR0A = 0xC0, UCSR0B = 0xC1, MCUSR = 0x54, EXTRF = 2 };

static avr_t *avr;

// 74HC595 and the pins.
static uint8_t shifted, latched, output_enable = 1, latch_clock, converter_select = 1, clamp_closed;

// MCP4251: position of each wiper, first byte of the command under way.
static uint16_t wipers[CHIPS][2];
static int first_byte[CHIPS];
static int pulled[CHIPS];
static uint8_t terminals[CHIPS] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};

// MCP3208: bits since the start bit.
static int converter_clock, converter_config, converter_code;

// MCP4728: codes, and the bytes of the transfer under way.
static uint16_t dac[2][4];
static uint8_t powered_down[2][4];
static int dac_selected = -1, dac_bytes, dac_high;

static int selected(int chip) { return output_enable == 0 && ((latched >> chip) & 1) == 0; }

static void power_pots(void) {
  for (int i = 0; i < CHIPS; ++i) wipers[i][0] = wipers[i][1] = 0x80;
}

static int node_code(int channel) {
  int sum = 0, driven = 0;
  for (int i = 0; i < 4; ++i) {
    if (powered_down[0][i]) continue;
    sum += dac[0][i];
    ++driven;
  }
  const int mean = driven == 0 ? 0 : sum / driven;
  const int first = powered_down[0][0] ? mean : dac[0][0], last = powered_down[0][3] ? mean : dac[0][3];
  if (channel < 4) return powered_down[0][channel] ? mean : dac[0][channel];
  if (channel == 4) return (first + mean) / 2;
  if (channel == 5) return (last + mean) / 2;
  if (channel == 6) return clamp_closed ? dac[1][0] : mean;
  return 4095;
}

static uint8_t pot_exchange(int chip, uint8_t byte) {
  if (pulled[chip]) return 0xFF;
  if (first_byte[chip] < 0) {
    const int address = byte >> 4, command = byte >> 2 & 3;
    if ((address > 1 && address != 4) || command == 1 || command == 2) {
      fprintf(stderr, "chip %d: command %02X\n", chip, byte);
      return 0xFC;
    }
    first_byte[chip] = byte;
    if (address == 4) return 0xFF;
    return command == 3 ? (uint8_t)(0xFE | wipers[chip][address] >> 8) : 0xFF;
  }
  const int first = first_byte[chip];
  first_byte[chip] = -1;
  if (first >> 4 == 4) {
    if ((first & 0xC) != 0) return terminals[chip];
    terminals[chip] = byte;
    // W and B, bits 1 and 0 of each half, go together (DS22060, TCON).
    if (((byte ^ byte >> 1) & 0x11) != 0) fprintf(stderr, "chip %d: one end of an edge parted, terminals %02X\n", chip, byte);
    return 0xFF;
  }
  uint16_t *wiper = &wipers[chip][first >> 4];
  if ((first & 0xC) != 0) return (uint8_t)*wiper;
  *wiper = (uint16_t)((first & 1) << 8 | byte);
  return 0xFF;
}

static uint8_t converter_exchange(uint8_t byte) {
  uint8_t out = 0;
  for (int bit = 7; bit >= 0; --bit) {
    const int in = byte >> bit & 1;
    if (converter_clock > 0 || in) ++converter_clock;
    if (converter_clock > 1 && converter_clock <= 5) converter_config = converter_config << 1 | in;
    if (converter_clock == 6) converter_code = node_code(converter_config & 7);
    int level = 1;
    if (converter_clock == 7) level = 0;
    if (converter_clock > 7) level = converter_clock <= 19 ? converter_code >> (19 - converter_clock) & 1 : 0;
    out = (uint8_t)(out << 1 | level);
  }
  return out;
}

static void on_spi(struct avr_irq_t *irq, uint32_t value, void *parameter) {
  (void)irq, (void)parameter;
  uint8_t answer = 0xFF;
  shifted = (uint8_t)value;
  for (int chip = 0; chip < CHIPS; ++chip) {
    if (selected(chip)) answer &= pot_exchange(chip, (uint8_t)value);
  }
  if (!converter_select) answer &= converter_exchange((uint8_t)value);
  avr_raise_irq(avr_io_getirq(avr, AVR_IOCTL_SPI_GETIRQ(0), SPI_IRQ_INPUT), answer);
}

static void end_commands(void) {
  for (int chip = 0; chip < CHIPS; ++chip) {
    if (!selected(chip)) first_byte[chip] = -1;
  }
}

static void on_latch(struct avr_irq_t *irq, uint32_t value, void *parameter) {
  (void)irq, (void)parameter;
  if (value && !latch_clock) latched = shifted;
  latch_clock = (uint8_t)value;
  end_commands();
}

static void on_output_enable(struct avr_irq_t *irq, uint32_t value, void *parameter) {
  (void)irq, (void)parameter;
  output_enable = (uint8_t)value;
  end_commands();
}

static void on_converter_select(struct avr_irq_t *irq, uint32_t value, void *parameter) {
  (void)irq, (void)parameter;
  converter_select = (uint8_t)value;
  converter_clock = converter_config = 0;
}

static void on_clamp(struct avr_irq_t *irq, uint32_t value, void *parameter) {
  (void)irq, (void)parameter;
  clamp_closed = (uint8_t)value;
}

static void on_twi(struct avr_irq_t *irq, uint32_t value, void *parameter) {
  (void)irq, (void)parameter;
  const avr_twi_msg_irq_t message = {.u = {.v = value}};
  avr_irq_t *back = avr_io_getirq(avr, AVR_IOCTL_TWI_GETIRQ(0), TWI_IRQ_INPUT);
  if (message.u.twi.msg & TWI_COND_STOP) dac_selected = -1;
  if (message.u.twi.msg & TWI_COND_START) {
    const int address = message.u.twi.addr >> 1;
    dac_selected = address == 0x60 || address == 0x61 ? address - 0x60 : -1;
    dac_bytes = 0;
    if (dac_selected >= 0) avr_raise_irq(back, avr_twi_irq_msg(TWI_COND_ACK, message.u.twi.addr, 1));
  }
  if (dac_selected >= 0 && (message.u.twi.msg & TWI_COND_WRITE)) {
    const uint8_t byte = message.u.twi.data;
    avr_raise_irq(back, avr_twi_irq_msg(TWI_COND_ACK, message.u.twi.addr, 1));
    if (dac_bytes == 0 && byte >> 6 != 0) dac_bytes = 100;  // another command than fast write
    if (dac_bytes < 8) {
      if (dac_bytes % 2 == 0) {
        dac_high = byte & 0xF;
        powered_down[dac_selected][dac_bytes / 2] = byte >> 4 & 3;
      } else {
        dac[dac_selected][dac_bytes / 2] = (uint16_t)(dac_high << 8 | byte);
      }
      ++dac_bytes;
    }
  }
}

static int ready = 1, answered, column, transmitted;
static avr_cycle_count_t last_byte;

static void on_byte(struct avr_irq_t *irq, uint32_t value, void *parameter) {
  (void)irq, (void)parameter;
  putchar((int)value);
  last_byte = avr->cycle;
  if (value == '\n' && column > 0) answered = 1;
  column = value == '\n' ? 0 : column + 1;
}
static void on_xon(struct avr_irq_t *irq, uint32_t value, void *parameter) { (void)irq, (void)value, (void)parameter, ready = 1; }
static void on_xoff(struct avr_irq_t *irq, uint32_t value, void *parameter) { (void)irq, (void)value, (void)parameter, ready = 0; }

static void run(double seconds) {
  const avr_cycle_count_t end = avr->cycle + (avr_cycle_count_t)(seconds * avr->frequency);
  while (avr->cycle < end) {
    const int state = avr_run(avr);
    // simavr 1.6 forgets that the transmitter is empty when TXEN goes off and on again, as it does in the Arduino core.
    const int transmits = avr->data[UCSR0B] >> 3 & 1;
    if (transmits && !transmitted) avr->data[UCSR0A] |= 1 << 5;
    transmitted = transmits;
    if (state == cpu_Done || state == cpu_Crashed) {
      fprintf(stderr, "the controller stopped\n");
      exit(1);
    }
  }
}

/** Until a line came and nothing after it for a while, or the time is up. */
static void run_until_answered(double seconds) {
  for (double past = 0; past < seconds && !answered; past += 20e-6) run(20e-6);
  while (avr->cycle - last_byte < 0.0003 * avr->frequency) run(20e-6);
}

static void watch(uint32_t ioctl, int index, avr_irq_notify_t hook) { avr_irq_register_notify(avr_io_getirq(avr, ioctl, index), hook, NULL); }

int main(int count, char **arguments) {
  if (count != 2) {
    fprintf(stderr, "usage: host ohmwork.hex < lines\n");
    return 2;
  }
  uint32_t size, start;
  uint8_t *code = read_ihex_file(arguments[1], &size, &start);
  if (code == NULL) return 2;
  avr = avr_make_mcu_by_name("atmega328p");
  avr_init(avr);
  avr->frequency = 16000000;
  avr_loadcode(avr, code, size, start);
  avr->codeend = avr->flashend;
  memset(avr->data + RAM_START, PAINT, RAM_BYTES);

  uint32_t flags = 0;
  avr_ioctl(avr, AVR_IOCTL_UART_GET_FLAGS('0'), &flags);
  flags &= ~(uint32_t)(AVR_UART_FLAG_STDIO | AVR_UART_FLAG_POLL_SLEEP);
  avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
  watch(AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUTPUT, on_byte);
  watch(AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUT_XON, on_xon);
  watch(AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUT_XOFF, on_xoff);
  watch(AVR_IOCTL_SPI_GETIRQ(0), SPI_IRQ_OUTPUT, on_spi);
  watch(AVR_IOCTL_TWI_GETIRQ(0), TWI_IRQ_OUTPUT, on_twi);
  watch(AVR_IOCTL_IOPORT_GETIRQ('B'), 0, on_latch);
  watch(AVR_IOCTL_IOPORT_GETIRQ('B'), 2, on_converter_select);
  watch(AVR_IOCTL_IOPORT_GETIRQ('D'), 6, on_clamp);
  watch(AVR_IOCTL_IOPORT_GETIRQ('D'), 7, on_output_enable);

  power_pots();
  end_commands();
  run_until_answered(1);
  char line[512];
  while (fgets(line, sizeof line, stdin) != NULL) {
    if (strncmp(line, "@power", 6) == 0) {
      power_pots();
    } else if (strncmp(line, "@pull ", 6) == 0) {
      pulled[atoi(line + 6) & (CHIPS - 1)] = 1;
    } else if (strncmp(line, "@reset", 6) == 0) {
      avr_reset(avr);
      avr->data[MCUSR] = EXTRF;
      transmitted = 0;
      answered = 0;
      run_until_answered(1);
    } else {
      answered = 0;
      for (const char *byte = line; *byte != 0; ++byte) {
        while (!ready) run(10e-6);
        avr_raise_irq(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_INPUT), (uint8_t)*byte);
        run(10e-6);
      }
      run_until_answered(1);
    }
  }
  run(0.01);
  for (int i = 0; i < CHIPS; ++i) {
    if (terminals[i] != 0xFF) fprintf(stderr, "chip %d: terminals %02X\n", i, terminals[i]);
  }

  int untouched = 0, longest = 0;
  for (int i = 0; i < RAM_BYTES; ++i) {
    untouched = avr->data[RAM_START + i] == PAINT ? untouched + 1 : 0;
    if (untouched > longest) longest = untouched;
  }
  fprintf(stderr, "unused RAM %d bytes, board time %.3f s\n", longest, (double)avr->cycle / avr->frequency);
  return 0;
}
