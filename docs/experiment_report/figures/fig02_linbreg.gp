# Draws fig02_linbreg.svg and fig02_linbreg.png: run gnuplot on this file, in its folder.
if (!exists("suffix")) suffix = ""
data = "fig02_linbreg.dat"
set encoding utf8
set datafile missing "NaN"
set border 3 linecolor rgb "#808080"
set tics nomirror out scale .6 textcolor rgb "#404040"
set grid linecolor rgb "#E0E0E0" linetype 1 linewidth .8
set key bmargin center horizontal Left reverse samplen 2.2 width 2 spacing 1.2 textcolor rgb "#404040"
set title "LinBreg, ECAPA-TDNN" noenhanced font ",17" textcolor rgb "#404040"
set style fill solid 1 noborder
set autoscale xfix
set offsets 0, 0, graph .05, 0
set xlabel "step" noenhanced offset 0,.4 textcolor rgb "#404040"
set xrange [:]
set ylabel "sparsity s" noenhanced textcolor rgb "#404040"
set yrange [0.701682:1]

set terminal svg size 900,520 font "Helvetica,14" background "white"
set output "fig02_linbreg" . suffix . ".svg"
plot data index 0 using 1:2 with lines linewidth 2 linecolor rgb "#0072B2" axes x1y1 title "adaptive 0.75" noenhanced, \
     data index 1 using 1:2 with lines linewidth 2 linecolor rgb "#D55E00" axes x1y1 title "adaptive 0.9" noenhanced, \
     data index 2 using 1:2 with lines linewidth 2 linecolor rgb "#009E73" axes x1y1 title "adaptive 0.95" noenhanced, \
     data index 3 using 1:2 with lines linewidth 2 linecolor rgb "#CC79A7" axes x1y1 title "adaptive 0.99" noenhanced, \
     data index 4 using 1:2 with lines linewidth 2 linecolor rgb "#E69F00" axes x1y1 title "fixed 0.75" noenhanced, \
     data index 5 using 1:2 with lines linewidth 2 linecolor rgb "#56B4E9" axes x1y1 title "fixed 0.9" noenhanced, \
     data index 6 using 1:2 with lines linewidth 2 linecolor rgb "#000000" axes x1y1 title "fixed 0.99" noenhanced, \
     0.75 with lines linewidth 1.5 dashtype 2 linecolor rgb "#404040" axes x1y1 notitle, \
     0.9 with lines linewidth 1.5 dashtype 3 linecolor rgb "#404040" axes x1y1 notitle, \
     0.95 with lines linewidth 1.5 dashtype 4 linecolor rgb "#404040" axes x1y1 notitle, \
     0.99 with lines linewidth 1.5 dashtype 5 linecolor rgb "#404040" axes x1y1 notitle

set terminal pngcairo size 900,520 font "Sans,11" background "white"
set output "fig02_linbreg" . suffix . ".png"
plot data index 0 using 1:2 with lines linewidth 2 linecolor rgb "#0072B2" axes x1y1 title "adaptive 0.75" noenhanced, \
     data index 1 using 1:2 with lines linewidth 2 linecolor rgb "#D55E00" axes x1y1 title "adaptive 0.9" noenhanced, \
     data index 2 using 1:2 with lines linewidth 2 linecolor rgb "#009E73" axes x1y1 title "adaptive 0.95" noenhanced, \
     data index 3 using 1:2 with lines linewidth 2 linecolor rgb "#CC79A7" axes x1y1 title "adaptive 0.99" noenhanced, \
     data index 4 using 1:2 with lines linewidth 2 linecolor rgb "#E69F00" axes x1y1 title "fixed 0.75" noenhanced, \
     data index 5 using 1:2 with lines linewidth 2 linecolor rgb "#56B4E9" axes x1y1 title "fixed 0.9" noenhanced, \
     data index 6 using 1:2 with lines linewidth 2 linecolor rgb "#000000" axes x1y1 title "fixed 0.99" noenhanced, \
     0.75 with lines linewidth 1.5 dashtype 2 linecolor rgb "#404040" axes x1y1 notitle, \
     0.9 with lines linewidth 1.5 dashtype 3 linecolor rgb "#404040" axes x1y1 notitle, \
     0.95 with lines linewidth 1.5 dashtype 4 linecolor rgb "#404040" axes x1y1 notitle, \
     0.99 with lines linewidth 1.5 dashtype 5 linecolor rgb "#404040" axes x1y1 notitle
